# bash looks for a file of the command's name, so there is a link for each tool.
completionsdir = $(datadir)/bash-completion/completions
dist_completions_DATA = completions/pixelgan
completed_tools = pg-prep pg-train pg-encode pg-sample pg-classify

install-data-hook:
	cd '$(DESTDIR)$(completionsdir)' && \
	    for tool in $(completed_tools); do ln -sf pixelgan $$tool || exit 1; done

uninstall-hook:
	cd '$(DESTDIR)$(completionsdir)' && rm -f $(completed_tools)
