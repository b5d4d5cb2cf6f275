// Which application services match an ID: the index against a loop of RE2 and
// a loop of std::regex, over the same patterns and IDs, in one run.
//
//   namespace_index_bench [--json FILE] [OPTIONS OF GOOGLE BENCHMARK]
//
// FILE gets one {"name","value","unit"} a line.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <re2/re2.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/namespace_index.h"

namespace causeway::namespaces {
namespace {

constexpr int kIds = 4096;
constexpr int kLeadingWildcards = 100;

// How a namespace goes on after its beginning.
struct Manner {
  const char* of_users_and_aliases;
  const char* of_rooms;
};
constexpr Manner kText = {"_.*:bench\\.test", "_.*"};  // As most do.
// What is no text with a gap, RE2 has to verify.
constexpr Manner kClass = {"_[a-z0-9]+:bench\\.test", "_[a-z0-9]+"};

std::string Regex(int number, const Manner& manner = kText) {
  return absl::StrCat("@bridge", number, manner.of_users_and_aliases);
}

// Every second ID is nobody's.
std::vector<std::string> Ids(int pattern_count) {
  std::vector<std::string> ids;
  for (int i = 0; i < kIds; ++i) {
    const int owner = (i * 7919) % pattern_count;
    ids.push_back(
        i % 2 == 0 ? absl::StrCat("@bridge", owner, "_user", i, ":bench.test")
                   : absl::StrCat("@person", i, ":bench.test"));
  }
  return ids;
}

// One namespace of users for each of `count` application services.
std::vector<NamespaceEntry> Users(int count, const Manner& manner = kText) {
  std::vector<NamespaceEntry> entries;
  for (int i = 0; i < count; ++i) {
    entries.push_back({.registration = static_cast<RegistrationHandle>(i),
                       .kind = NamespaceKind::kUsers,
                       .regex = Regex(i, manner),
                       .exclusive = true});
  }
  return entries;
}

// A namespace of each kind for each of `count` application services.
std::vector<NamespaceEntry> AllKinds(int count, const Manner& manner) {
  std::vector<NamespaceEntry> entries = Users(count, manner);
  for (int i = 0; i < count; ++i) {
    const auto registration = static_cast<RegistrationHandle>(i);
    entries.push_back({registration, NamespaceKind::kAliases,
                       absl::StrCat("#bridge", i, manner.of_users_and_aliases),
                       true});
    entries.push_back({registration, NamespaceKind::kRooms,
                       absl::StrCat("!bridge", i, manner.of_rooms), false});
  }
  return entries;
}

void LookUp(benchmark::State& state, size_t memo_ids_max,
            const std::vector<NamespaceEntry>& entries) {
  auto index = NamespaceIndex::Build({.memo_ids_max = memo_ids_max}, entries);
  if (!index.ok()) {
    state.SkipWithError(index.status().ToString().c_str());
    return;
  }
  const std::vector<std::string> ids = Ids(static_cast<int>(state.range(0)));
  // RE2 works out its states when it first needs them.
  for (const std::string& id : ids) (*index)->Match(NamespaceKind::kUsers, id);
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        (*index)->Match(NamespaceKind::kUsers, ids[next++ % kIds]));
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_Index(benchmark::State& state, size_t memo_ids_max) {
  LookUp(state, memo_ids_max, Users(static_cast<int>(state.range(0))));
}
BENCHMARK_CAPTURE(BM_Index, without_memo, 0)
    ->RangeMultiplier(10)
    ->Range(10, 100000);
BENCHMARK_CAPTURE(BM_Index, with_memo, 32768)
    ->RangeMultiplier(10)
    ->Range(10, 100000);

void BM_IndexOfClasses(benchmark::State& state) {
  LookUp(state, 0, Users(static_cast<int>(state.range(0)), kClass));
}
BENCHMARK(BM_IndexOfClasses)->RangeMultiplier(10)->Range(10, 10000);

void AddLeadingWildcards(absl::string_view wildcard,
                         std::vector<NamespaceEntry>& entries) {
  for (int i = 0; i < kLeadingWildcards; ++i) {
    entries.push_back(
        {.registration = static_cast<RegistrationHandle>(i),
         .kind = NamespaceKind::kUsers,
         .regex = absl::StrCat("@", wildcard, "_bot", i, ":bench\\.test"),
         .exclusive = false});
  }
}

void BM_IndexWithLeadingWildcards(benchmark::State& state) {
  std::vector<NamespaceEntry> entries = Users(static_cast<int>(state.range(0)));
  AddLeadingWildcards(".*", entries);
  LookUp(state, 0, entries);
}
BENCHMARK(BM_IndexWithLeadingWildcards)->Arg(10000);

void BM_IndexWithLeadingClasses(benchmark::State& state) {
  std::vector<NamespaceEntry> entries = Users(static_cast<int>(state.range(0)));
  AddLeadingWildcards("[a-z0-9]+", entries);
  LookUp(state, 0, entries);
}
BENCHMARK(BM_IndexWithLeadingClasses)->Arg(10000);

// What the index of so many application services with three namespaces each
// takes when each of them has been used.
void Build(benchmark::State& state, const Manner& manner) {
  const int count = static_cast<int>(state.range(0));
  const std::vector<NamespaceEntry> entries = AllKinds(count, manner);
  double megabytes = 0;
  for (auto _ : state) {
    const size_t before = mallinfo2().uordblks;
    auto index = NamespaceIndex::Build({}, entries);
    state.PauseTiming();
    if (!index.ok()) {
      state.SkipWithError(index.status().ToString().c_str());
      return;
    }
    for (int i = 0; i < count; ++i) {
      const std::string rest = absl::StrCat("bridge", i, "_user:bench.test");
      (*index)->Match(NamespaceKind::kUsers, absl::StrCat("@", rest));
      (*index)->Match(NamespaceKind::kAliases, absl::StrCat("#", rest));
      (*index)->Match(NamespaceKind::kRooms, absl::StrCat("!", rest));
    }
    megabytes = static_cast<double>(mallinfo2().uordblks - before) / 1e6;
    index->reset();
    state.ResumeTiming();
  }
  state.counters["megabytes"] = megabytes;
}

void BM_Build(benchmark::State& state) { Build(state, kText); }
BENCHMARK(BM_Build)->Arg(100)->Arg(10000)->Iterations(3)->Unit(
    benchmark::kMillisecond);

void BM_BuildOfClasses(benchmark::State& state) { Build(state, kClass); }
BENCHMARK(BM_BuildOfClasses)
    ->Arg(10000)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);

void BM_Re2Loop(benchmark::State& state) {
  const int pattern_count = static_cast<int>(state.range(0));
  std::vector<std::unique_ptr<RE2>> patterns;
  for (int i = 0; i < pattern_count; ++i) {
    patterns.push_back(std::make_unique<RE2>(Regex(i)));
  }
  const std::vector<std::string> ids = Ids(pattern_count);
  size_t next = 0;
  for (auto _ : state) {
    const std::string& id = ids[next++ % kIds];
    int hits = 0;
    for (const auto& pattern : patterns) {
      hits += pattern->Match(id, 0, id.size(), RE2::ANCHOR_START, nullptr, 0);
    }
    benchmark::DoNotOptimize(hits);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Re2Loop)->RangeMultiplier(10)->Range(10, 10000);

void BM_StdRegexLoop(benchmark::State& state) {
  const int pattern_count = static_cast<int>(state.range(0));
  std::vector<std::regex> patterns;
  for (int i = 0; i < pattern_count; ++i) {
    patterns.emplace_back(Regex(i), std::regex::extended);
  }
  const std::vector<std::string> ids = Ids(pattern_count);
  size_t next = 0;
  for (auto _ : state) {
    const std::string& id = ids[next++ % kIds];
    int hits = 0;
    for (const std::regex& pattern : patterns) {
      hits += std::regex_search(id, pattern,
                                std::regex_constants::match_continuous);
    }
    benchmark::DoNotOptimize(hits);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_StdRegexLoop)->RangeMultiplier(10)->Range(10, 10000);

// Prints the table and keeps the figures.
class Reporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.error_occurred) {
        has_failed_ = true;
        continue;
      }
      const std::string name = run.benchmark_name();
      const auto rate = run.counters.find("items_per_second");
      if (rate != run.counters.end()) {
        Add(name, rate->second.value, "lookups/s");
      } else {
        Add(name, run.GetAdjustedRealTime() / 1e3, "s");
      }
      const auto megabytes = run.counters.find("megabytes");
      if (megabytes != run.counters.end()) {
        Add(absl::StrCat(name, "/memory"), megabytes->second.value, "MB");
      }
    }
  }

  const std::string& json_lines() const { return json_lines_; }
  bool has_failed() const { return has_failed_; }

 private:
  void Add(const std::string& name, double value, absl::string_view unit) {
    absl::StrAppend(&json_lines_, "{\"name\": \"index.", name,
                    "\", \"value\": ", value, ", \"unit\": \"", unit, "\"}\n");
  }

  std::string json_lines_;
  bool has_failed_ = false;
};

int Main(int argc, char** argv) {
  std::vector<char*> rest;
  std::string json_path;
  for (int i = 0; i < argc; ++i) {
    const absl::string_view word = argv[i];
    if (word == "--json" && i + 1 < argc) {
      json_path = argv[++i];
    } else if (absl::StartsWith(word, "--json=")) {
      json_path = std::string(word.substr(word.find('=') + 1));
    } else {
      rest.push_back(argv[i]);
    }
  }
  int rest_count = static_cast<int>(rest.size());
  benchmark::Initialize(&rest_count, rest.data());
  if (benchmark::ReportUnrecognizedArguments(rest_count, rest.data())) return 2;
  Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  if (!json_path.empty()) {
    std::ofstream file(json_path);
    file << reporter.json_lines() << std::flush;
    if (!file.good()) {
      std::cerr << "can't write " << json_path << "\n";
      return 1;
    }
  }
  return reporter.has_failed() ? 1 : 0;
}

}  // namespace
}  // namespace causeway::namespaces

int main(int argc, char** argv) {
  return causeway::namespaces::Main(argc, argv);
}
