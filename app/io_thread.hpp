// One io thread and everything that lives on it: its io_context, its share of the connections, its
// lanes and its client connections. Made, started and joined by Node.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <thread>

#include "app/claim_line.hpp"
#include "delivery/engine.hpp"
#include "delivery/http_sender.hpp"
#include "delivery/journal_backlog.hpp"
#include "gateway/front_door.hpp"
#include "http/client.hpp"
#include "http/io_executor.hpp"
#include "http/listener.hpp"
#include "retry/hand_over_desk.hpp"

namespace spillway::app {

struct IoThread {
  explicit IoThread(const core::Clock& clock) : executor(io, clock), work(io.get_executor()) {}

  void start() {
    thread = std::thread([this] { io.run(); });
  }
  // Lets the io_context end once nothing is left to do, and waits for it.
  void join() {
    work.reset();
    io.stop();
    if (thread.joinable()) {
      thread.join();
    }
  }

  boost::asio::io_context io{1};
  http::IoTaskExecutor executor;
  boost::asio::executor_work_guard<http::IoExecutor> work;
  std::unique_ptr<http::Client> client;
  std::unique_ptr<delivery::HttpSender> sender;
  std::unique_ptr<delivery::JournalBacklog> backlog;
  std::unique_ptr<ClaimLine> claims;               // where nodes share a Redis
  std::unique_ptr<retry::HandOverDesk> hand_over;  // where nodes share a Kafka
  std::unique_ptr<delivery::Engine> engine;
  std::unique_ptr<gateway::FrontDoor> front_door;
  std::unique_ptr<http::Listener> listener;
  std::thread thread;
};

}  // namespace spillway::app
