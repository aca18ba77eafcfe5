// The whole of Boost.Asio's non-template code, compiled once for the process.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
