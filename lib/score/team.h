/* The number of threads that scores use. */
#ifndef PG_SCORE_TEAM_H
#define PG_SCORE_TEAM_H

/* For pg_team_run. */
int pg_score_team(void);

#endif
