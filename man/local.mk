# A page a tool, a page a format.
dist_man_MANS += man/pixelgan.7
