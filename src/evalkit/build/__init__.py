"""The runner behind `make`: parameters, kernels, pages, the manifest and the command line.

Order inside the room: manifest < swap < kernel < jobs < notebook < pages < runner, lab < units < cli.
"""
