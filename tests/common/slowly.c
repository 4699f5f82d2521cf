/* slowly [in|out|err]... COMMAND...: runs a command whose standard streams are non-blocking pipes.
 * What comes out of "out" and "err" is read late and by small pieces, and printed; "in" is written
 * from our own input by small pieces with pauses. The exit status is the command's. */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 4000, FIRST_PIECES = 60 };

static void pause_for(long milliseconds)
{
    struct timespec t = {0, milliseconds * 1000000};
    nanosleep(&t, NULL);
}

/* As long as the other side has to be made to wait, and fast after that. */
static void carry(int from, int to)
{
    char piece[PIECE];
    ssize_t n;
    pause_for(300);
    for (int i = 0; (n = read(from, piece, sizeof piece)) > 0; i++) {
        for (ssize_t done = 0, put; done < n; done += put)
            if ((put = write(to, piece + done, (size_t)(n - done))) < 0) _exit(99);
        if (i < FIRST_PIECES) pause_for(5);
    }
    close(to);
    _exit(0);
}

/* The tool's end takes the place of our standard stream and is non-blocking; the other is not. */
static void connect_stream(int stream)
{
    int ends[2], own = dup(stream);
    if (pipe(ends) != 0 || own < 0) _exit(99);
    fcntl(ends[1], F_SETPIPE_SZ, PIECE); /* as little as it can be: a page */
    int other = ends[stream == 0], its = ends[stream != 0];
    dup2(its, stream);
    close(its);
    if (fork() == 0) {
        for (int fd = 0; fd <= 2; fd++)
            close(fd);
        carry(stream == 0 ? own : other, stream == 0 ? other : own);
    }
    close(own);
    close(other);
    fcntl(stream, F_SETFL, fcntl(stream, F_GETFL) | O_NONBLOCK);
}

static int stream_number(const char *word)
{
    static const char *const names[] = {"in", "out", "err"};
    for (int i = 0; i < 3; i++)
        if (strcmp(word, names[i]) == 0) return i;
    return -1;
}

int main(int argc, char **argv)
{
    int i = 1, status;
    for (; i < argc && stream_number(argv[i]) >= 0; i++)
        connect_stream(stream_number(argv[i]));
    pid_t tool = fork();
    if (tool == 0) {
        execvp(argv[i], argv + i);
        _exit(127);
    }
    for (int fd = 0; fd <= 2; fd++)
        close(fd);
    if (waitpid(tool, &status, 0) != tool) return 99;
    while (wait(NULL) > 0) /* all that it wrote has been read */
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
