"""The formats of exports, one module each: `Args` declares the arguments, `export` writes the files."""
