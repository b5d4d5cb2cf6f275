#include "services/shared/postgres/test_cluster.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <pqxx/pqxx>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

// For LeakSanitizer: libpqxx 6.4 loses one result whenever a connection breaks,
// which tests with a cluster do on purpose.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer's own name.
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx"; }

namespace causeway::postgres {
namespace {

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin/";
constexpr absl::Duration kStartPollInterval = absl::Milliseconds(5);
constexpr int kStartPollsMax = 12000;  // A minute.

[[noreturn]] void Die(absl::string_view what, const std::string& log_path) {
  std::cerr << "TestCluster: " << what << "\n"
            << std::ifstream(log_path).rdbuf();
  std::abort();
}

// PostgreSQL refuses to run as root. In a user namespace of its own root is
// nobody to it, which works in Bazel's sandbox too, where there is no other
// user to become. setpriv ties its life to the thread that starts it.
std::vector<std::string> AsNobody(std::vector<std::string> command) {
  std::vector<std::string> prefix = {"/usr/bin/setpriv", "--pdeathsig", "QUIT"};
  if (geteuid() == 0) {
    prefix.insert(prefix.begin(), {"/usr/bin/unshare", "--user",
                                   "--map-user=65534", "--map-group=65534"});
  }
  command.insert(command.begin(), prefix.begin(), prefix.end());
  return command;
}

pid_t Spawn(std::vector<std::string> command, const std::string& log_path) {
  command = AsNobody(std::move(command));
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    // Only what is allowed between fork and exec with other threads about.
    const int fd = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  return pid;
}

}  // namespace

TestCluster::TestCluster() {
  // Not under $TEST_TMPDIR: the path of a socket has at most 107 bytes.
  char directory[] = "/tmp/causeway_pg.XXXXXX";
  if (mkdtemp(directory) == nullptr) Die("mkdtemp failed", "");
  directory_ = directory;
  const std::string log_path = directory_ + "/log";
  int status = 0;
  waitpid(Spawn({absl::StrCat(kPrograms, "initdb"), "-D", directory_ + "/data",
                 "-U", "postgres", "-A", "trust", "-E", "UTF8",
                 "--locale=C.UTF-8", "--no-sync"},
                log_path),
          &status, 0);
  if (status != 0) Die("initdb failed", log_path);
  Start();
}

TestCluster::~TestCluster() {
  Stop();
  std::error_code ignored;  // Left-overs in /tmp fail no test.
  std::filesystem::remove_all(directory_, ignored);
}

void TestCluster::Start() {
  if (server_pid_ > 0) return;
  const std::string log_path = directory_ + "/log";
  // No fsync: what is tested is the crash of a process, not of the machine.
  server_pid_ =
      Spawn({absl::StrCat(kPrograms, "postgres"), "-D", directory_ + "/data",
             "-k", directory_, "-c", "listen_addresses=", "-c", "fsync=off",
             "-c", "shared_buffers=32MB", "-c", "max_connections=100"},
            log_path);
  for (int i = 0; i < kStartPollsMax; ++i) {
    try {
      pqxx::connection connection(Conninfo("postgres", "postgres"));
      return;
    } catch (const pqxx::broken_connection&) {
      if (waitpid(server_pid_, nullptr, WNOHANG) != 0) break;
      // Another process starts; only asking tells when it has.
      absl::SleepFor(kStartPollInterval);
    }
  }
  Die("postgres did not start", log_path);
}

void TestCluster::Stop() {
  if (server_pid_ <= 0) return;
  kill(server_pid_, SIGQUIT);
  waitpid(server_pid_, nullptr, 0);
  server_pid_ = -1;
}

std::string TestCluster::NewDatabase(absl::string_view role) {
  const std::string database = absl::StrCat("test_", ++database_count_);
  RunAsAdmin(
      "postgres",
      absl::StrCat("DO $$ BEGIN CREATE ROLE ", role,
                   " LOGIN; EXCEPTION WHEN duplicate_object THEN END $$"));
  RunAsAdmin("postgres", absl::StrCat("CREATE DATABASE ", database));
  RunAsAdmin(database, absl::StrCat("REVOKE ALL ON SCHEMA public FROM PUBLIC;",
                                    "CREATE SCHEMA ", role, " AUTHORIZATION ",
                                    role, ";ALTER ROLE ", role, " IN DATABASE ",
                                    database, " SET search_path TO ", role));
  return Conninfo(role, database);
}

std::string TestCluster::AdminConninfo(absl::string_view conninfo) const {
  return absl::StrCat(conninfo, " user=postgres");  // libpq takes the last.
}

void TestCluster::RunAsAdmin(absl::string_view database,
                             absl::string_view sql) const {
  try {
    pqxx::connection connection(Conninfo("postgres", database));
    pqxx::nontransaction(connection).exec(std::string(sql));
  } catch (const std::exception& exception) {
    Die(exception.what(), directory_ + "/log");
  }
}

std::string TestCluster::Conninfo(absl::string_view role,
                                  absl::string_view database) const {
  return absl::StrCat("host=", directory_, " dbname=", database,
                      " user=", role);
}

}  // namespace causeway::postgres
