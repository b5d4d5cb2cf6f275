#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SEALED_LIST_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SEALED_LIST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {

// What is sealed in a queue, as its row has it (migrations/0006): a list that
// is written and read as a whole, and that people can read too. An element may
// also have
//   ephemeral  what rides along, the text that is in the body. A string, not
//              JSON in JSON: of that only the meaning would be kept.
std::string SealedListJson(const std::vector<SealedTransaction>& sealed);

// DATA_LOSS when it isn't what SealedListJson() made.
absl::StatusOr<std::vector<SealedTransaction>> ParseSealedList(
    absl::string_view json);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SEALED_LIST_H_
