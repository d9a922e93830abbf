mlopt help >/dev/full
