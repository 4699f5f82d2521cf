# see each file
