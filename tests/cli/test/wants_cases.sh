mkdir d; mlopt test d
