# The module, where configure found a Python.
EXTRA_DIST += python/pixelgan.py
if HAVE_PYTHON_MODULE
pymodule_DATA = python/pixelgan.py

uninstall-local:
	rm -f $(DESTDIR)$(pymoduledir)/__pycache__/pixelgan.*.pyc
endif
