// boxoffice-supervisor: keeps the processes of one state folder running.
//
//   boxoffice-supervisor --run STATE                          the supervisor itself, in the foreground
//   boxoffice-supervisor STATE/run/control COMMAND [NAME]     asks the running one; exit 0 means ok
//
// It starts what STATE/services names (see spec.h) and promises:
// - A function's socket is bound here and outlives every worker, so no connection is refused
//   while workers crash, are released or are restarted; it waits in the backlog.
// - A process that ends is started again: at once, or after a growing pause (5 s at most) if it
//   keeps dying within a second of its start. It never gives up.
// - A program that says `room` is started as soon as the disk has it.
// - A process that somebody stops (SIGSTOP) is killed at once where `stopped kill` is said, and so is
//   one that is a child of such a program (nginx's workers), within a second: nobody need send SIGCONT.
// - `recycle NAME` replaces workers one at a time, the new one running before an old one is asked
//   to finish. If the new program dies at once, the old workers stay.
// - SIGTERM stops everything, highest `order` first, each with its own time to finish; exit 0.
//   If it is killed itself, the kernel sends every worker SIGTERM.
//
// One thread, no dependency but libc: this is the process that must not fail.

#include <cstdio>
#include <exception>
#include <string>

#include "control.h"
#include "supervisor.h"

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::string(argv[1]) == "--run") {
      supervisor::Supervisor(argv[2]).run();
      return 0;
    }
    if (argc == 3 || argc == 4) {
      const std::string name = argc == 4 ? std::string(" ") + argv[3] : "";
      return supervisor::run_client(argv[1], argv[2] + name);
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "boxoffice-supervisor: %s\n", problem.what());
    return 1;
  }
  std::fputs(
      "usage: boxoffice-supervisor --run STATE\n"
      "       boxoffice-supervisor STATE/run/control recycle NAME | restart NAME | reload | status\n",
      stderr);
  return 2;
}
