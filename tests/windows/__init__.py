"""The product on Windows: a real Python for Windows under Wine, which a folder of this Linux machine holds."""
