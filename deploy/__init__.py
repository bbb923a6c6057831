"""Installing on one machine. Standard library only: nothing is installed yet when this runs."""
