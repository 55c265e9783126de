"""Pixiv's website, which shows works that the app hides: its calls, its errors, and its responses in the form of the App API's."""
