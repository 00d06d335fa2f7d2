// The plugin's interface: plain functions, the only symbols that it shows.
#pragma once

#define PLUGIN_API __attribute__((visibility("default")))

/// Normalizes n doubles by a function traced inside the plugin.
PLUGIN_API void plugin_normalize(const double* in, double* out, int n);

/// True if the plugin itself catches the shape_error that Tendril throws.
PLUGIN_API bool plugin_catches_shape_error();

/// Lets Tendril's shape_error pass through to the caller.
PLUGIN_API void plugin_throws_shape_error();
