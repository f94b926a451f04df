"""Widgets: one ``.py`` (traits only), one ``.js``, one ``.css`` each. Python computes, JavaScript draws."""
