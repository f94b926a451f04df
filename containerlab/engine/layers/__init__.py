"""The files of every layer of an image, read from an archive, an export or the engine's folders; never extracted."""
