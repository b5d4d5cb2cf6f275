// Which application services match an ID: the index against a loop of RE2 and
// a loop of std::regex, over the same patterns and IDs, in one run.
#include <benchmark/benchmark.h>
#include <re2/re2.h>

#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/shared/namespaces/namespace_index.h"

namespace causeway::namespaces {
namespace {

constexpr int kIds = 4096;

std::string Regex(int number) {
  return absl::StrCat("@bridge", number, "_.*:bench\\.test");
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

void BM_Index(benchmark::State& state, size_t memo_ids_max) {
  const int pattern_count = static_cast<int>(state.range(0));
  std::vector<NamespaceEntry> entries;
  for (int i = 0; i < pattern_count; ++i) {
    entries.push_back({.registration = static_cast<RegistrationHandle>(i),
                       .kind = NamespaceKind::kUsers,
                       .regex = Regex(i),
                       .exclusive = true});
  }
  auto index = NamespaceIndex::Build({.memo_ids_max = memo_ids_max}, entries);
  if (!index.ok()) {
    state.SkipWithError(index.status().ToString().c_str());
    return;
  }
  const std::vector<std::string> ids = Ids(pattern_count);
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        (*index)->Match(NamespaceKind::kUsers, ids[next++ % kIds]));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(BM_Index, without_memo, 0)->Arg(10)->Arg(1000)->Arg(10000);
BENCHMARK_CAPTURE(BM_Index, with_memo, 32768)->Arg(10)->Arg(1000)->Arg(10000);

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
BENCHMARK(BM_Re2Loop)->Arg(10)->Arg(1000);

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
BENCHMARK(BM_StdRegexLoop)->Arg(10)->Arg(1000);

}  // namespace
}  // namespace causeway::namespaces

BENCHMARK_MAIN();
