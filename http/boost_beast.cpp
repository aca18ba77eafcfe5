// The whole of Boost.Beast's non-template code, compiled once for the process.
#include <boost/beast/src.hpp>
