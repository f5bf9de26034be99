"""The commands of `palermo`, one file each, loaded when they are called."""
