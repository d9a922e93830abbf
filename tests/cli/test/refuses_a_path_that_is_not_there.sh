mlopt test nowhere
