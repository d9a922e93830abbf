mlopt list -o -- -- dtypes; mlopt list dtypes -o ./-x; ls -A
