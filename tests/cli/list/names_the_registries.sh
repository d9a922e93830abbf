mlopt list everything
