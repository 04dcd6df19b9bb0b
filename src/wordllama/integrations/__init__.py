"""WordLlama inside other libraries: one module for each, which is imported only by its users.

Models are named by a string (a name, a folder or "owner/name"), so that what the libraries pickle,
clone or write to configuration files stays small; each model is loaded once a process.
"""
