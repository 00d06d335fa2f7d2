// The exceptions. Every text reads `[op] what failed: got X, expected Y. What to do.`
#pragma once
#include <stdexcept>
#include <string>

namespace tendril {

/// Base of everything that Tendril throws. The subclasses say whose fault it is.
struct error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct shape_error : error {
  using error::error;
};  ///< extents or ranks do not fit
struct dtype_error : error {
  using error::error;
};  ///< element types do not fit
struct index_error : error {
  using error::error;
};  ///< an axis or index is out of range or repeated
struct trace_error : error {
  using error::error;
};  ///< a traced value is used as only a number can be, or where it no longer lives
struct backend_error : error {
  using error::error;
};  ///< a backend is unknown or lacks an op
struct parse_error : error {
  using error::error;
};  ///< text or a file is malformed
struct io_error : error {
  using error::error;
};  ///< a file cannot be read or written
struct memory_error : error {
  using error::error;
};  ///< there is no memory left; the text says how many bytes were wanted
struct internal_error : error {
  using error::error;
};  ///< a defect of Tendril's own: please report it

}  // namespace tendril
