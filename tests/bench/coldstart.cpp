// bench_coldstart PROGRAM: milliseconds from exec to the first byte of the answer, as CGI. The request is
// in the environment, as it is for CGI.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>

#include "bench/stats.h"

namespace {

// Nothing where the program ended without an answer.
double first_byte_ms(char* program) {
  int answers[2];
  if (pipe2(answers, O_CLOEXEC) != 0) return 0;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, answers[1], 1);
  char* arguments[] = {program, nullptr};
  pid_t child = 0;
  const auto begun = boxoffice::bench::now_ns();
  const int failed = posix_spawn(&child, program, &actions, nullptr, arguments, environ);
  close(answers[1]);
  char byte = 0;
  const bool answered = failed == 0 && read(answers[0], &byte, 1) == 1;
  const auto took = boxoffice::bench::now_ns() - begun;
  close(answers[0]);
  if (failed == 0) waitpid(child, nullptr, 0);
  posix_spawn_file_actions_destroy(&actions);
  return answered ? static_cast<double>(took) / 1e6 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: bench_coldstart PROGRAM\n";
    return 2;
  }
  const double took = first_byte_ms(argv[1]);
  if (took == 0) return 1;
  std::cout << took << "\n";
}
