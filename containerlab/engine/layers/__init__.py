"""The files of every layer of an image, read from an archive, an export or the engine's own folders; never extracted."""
