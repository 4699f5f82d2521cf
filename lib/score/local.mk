libpixelgan_internal_la_SOURCES += \
	lib/score/aggregate.c lib/score/assignment.c lib/score/cluster.c lib/score/confusion.c \
	lib/score/entropy.c lib/score/knn.c \
	lib/score/moments.c lib/score/moments.h \
	lib/score/neighbours.c lib/score/neighbours.h \
	lib/score/normality.c lib/score/project.c lib/score/quality.c lib/score/subsample.c \
	lib/score/team.c lib/score/team.h \
	lib/score/typical.c lib/score/usage.c
