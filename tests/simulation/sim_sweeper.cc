#include "tests/simulation/sim_sweeper.h"

#include <memory>

#include "absl/time/time.h"

namespace causeway::push::simulation {
namespace {

constexpr absl::Duration kPauseMin = absl::Seconds(1);
constexpr absl::Duration kPauseMax = absl::Seconds(4);

}  // namespace

SweepOptions SmallSweepOptions() {
  SweepOptions options;
  options.generation_bytes = 1500;
  options.generation_age = absl::Seconds(8);
  options.patience = absl::Seconds(2);
  options.source_point_interval = absl::Seconds(2);
  return options;
}

void SimSweeper::Start() { Later(); }

void SimSweeper::Later() {
  process_.After(clock_.chance().Between(kPauseMin, kPauseMax),
                 [this] { Look(); });
}

void SimSweeper::Look() {
  process_.Read(
      [this] {
        generations_ = store_.ListGenerations(clock_.now());
        oldest_written_ = store_.OldestWritten();
      },
      [this](bool done) { done ? OpenNext() : Later(); });
}

void SimSweeper::OpenNext() {
  int64_t stored_bytes = 0;
  for (const Generation& generation : generations_) {
    stored_bytes += generation.bytes;
  }
  const Generation& newest = generations_.back();
  if (!IsFull(SmallSweepOptions(), newest, stored_bytes)) {
    TryToDrop(1);
    return;
  }
  process_.Write(
      StoreWrite::kSpace,
      [this, id = newest.id] {
        if (!store_.OpenGeneration(id, clock_.now())) return;
        coverage_.Reached(SpaceStep::kOpened);
        clock_.Trace("store: generation ", id + 1, " opened");
      },
      [this](bool done) { done ? TryToDrop(1) : Later(); });
}

void SimSweeper::TryToDrop(size_t index) {
  if (index + 1 >= generations_.size() ||
      generations_[index].id >= oldest_written_ ||
      fault_ == PlantedFault::kSpaceNotGivenBack) {
    DeleteMoved();
    return;
  }
  const int32_t id = generations_[index].id;
  auto wanted = std::make_shared<WantedOfGeneration>();
  process_.Read([this, id, wanted] { *wanted = store_.MeasureWanted(id); },
                [this, id, index, wanted](bool done) {
                  if (!done) {
                    Later();
                    return;
                  }
                  if (!IsToBeDropped(SmallSweepOptions(), generations_[index],
                                     *wanted, generations_[index + 1].age)) {
                    TryToDrop(index + 1);
                    return;
                  }
                  process_.Write(
                      StoreWrite::kSpace,
                      [this, id, wanted] {
                        if (!store_.DropGeneration(id)) return;
                        coverage_.Reached(wanted->entry_count > 0
                                              ? SpaceStep::kMovedAndDropped
                                              : SpaceStep::kDropped);
                        clock_.Trace("store: generation ", id, " dropped");
                      },
                      [this, index](bool) { TryToDrop(index + 1); });
                });
}

void SimSweeper::DeleteMoved() {
  process_.Write(
      StoreWrite::kSpace,
      [this] {
        if (store_.DeleteMoved()) {
          coverage_.Reached(SpaceStep::kDeletedOneByOne);
        }
      },
      [this](bool) { KeepSourcePoints(); });
}

void SimSweeper::KeepSourcePoints() {
  process_.Write(
      StoreWrite::kSpace,
      [this] {
        store_.KeepSourcePoints(SmallSweepOptions().source_point_interval,
                                clock_.now());
      },
      [this](bool) { Later(); });
}

}  // namespace causeway::push::simulation
