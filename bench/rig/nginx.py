"""nginx on free ports with a prefix of its own: the peer that answers and forwards without keeping
anything, and a destination that costs little."""

import os
import re
import shutil
import urllib.request

from rig.process import Process, accepts, free_port

# Debian keeps it where not every user's PATH leads.
BINARY = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")

_CONFIG = """\
{user}daemon off;
master_process on;
worker_processes {workers};
worker_rlimit_nofile 20000;
pid nginx.pid;
error_log stderr error;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_buffer_size 16k;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  upstream sink {{ server 127.0.0.1:{sink}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} reuseport;
    location / {{ return 200; }}
    location = /refused_first {{
      if ($http_spillway_attempt = 1) {{ return 404; }}
      return 200;
    }}
    location = /status {{ stub_status; }}
    location /forward {{
      proxy_pass http://sink/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }}
  }}
}}
"""


class Nginx(Process):
    """`/` answers 200, `/refused_first` 404 to a delivery's first attempt; `/forward` posts to the
    sink, another nginx."""

    def __init__(self, directory, sink=None, port=None):
        directory.mkdir()
        self.port = port or free_port()
        self._looks = 0
        config = directory / "nginx.conf"
        config.write_text(_CONFIG.format(
            user="user root;\n" if os.geteuid() == 0 else "",  # its files lie in our directory
            workers=len(os.sched_getaffinity(0)), port=self.port,
            sink=sink.port if sink else self.port))
        super().__init__([BINARY, "-p", directory, "-c", config, "-e", "stderr"],
                         directory / "log")

    def wait_started(self):
        self.wait_for(lambda: accepts(self.port), "nginx accepts connections")

    def requests(self):
        """Taken since the start."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/status", timeout=10) as status:
            taken = int(re.search(r"^ \d+ \d+ (\d+)", status.read().decode(), re.MULTILINE)[1])
        self._looks += 1
        return taken - self._looks
