"""`python -m wordllama`, the same as the command `wordllama`."""

from wordllama.cli import main

if __name__ == "__main__":
    main()
