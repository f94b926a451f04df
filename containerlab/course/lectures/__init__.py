"""One module a lecture: its questions and its checks."""
