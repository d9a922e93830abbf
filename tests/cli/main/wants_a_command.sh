mlopt
