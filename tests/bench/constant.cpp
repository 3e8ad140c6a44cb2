// bench_constant SOCKET WORKERS FILE: a FastCGI function that answers the bytes of FILE, whatever
// is asked, by libfcgi's plain loop. It is the ceiling of every function that computes something.
#include <cstdlib>
#include <fcgiapp.h>
#include <iostream>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "bench/script.h"

namespace {

constexpr int kBacklog = 4096;  // as the stack's own sockets have

int answer(int listening, const std::string& bytes) {
  FCGX_Request request;
  if (FCGX_Init() != 0 || FCGX_InitRequest(&request, listening, 0) != 0) return 1;
  while (FCGX_Accept_r(&request) == 0) {
    FCGX_PutStr(bytes.data(), static_cast<int>(bytes.size()), request.out);
    FCGX_Finish_r(&request);
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: bench_constant SOCKET WORKERS FILE\n";
    return 2;
  }
  const std::string bytes = boxoffice::bench::read_file(argv[3]);
  const int listening = FCGX_OpenSocket(argv[1], kBacklog);
  if (listening < 0) return 1;
  for (int i = std::atoi(argv[2]); i > 0; --i) {
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      return answer(listening, bytes);
    }
  }
  while (wait(nullptr) > 0) {
  }
  return 0;
}
