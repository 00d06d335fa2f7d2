// The unit that the precompiled headers of the tests belong to.
