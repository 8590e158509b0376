"""The runner behind `make`: parameters, kernels, pages, the manifest and the command line.

Order inside the room: manifest < swap < parameters < kernel < jobs < notebook < pages < runner, lab < cli.
"""
