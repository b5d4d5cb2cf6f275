#include "services/shared/registry_watch/not_heard_of.h"

namespace causeway::registry_watch {

absl::Status RegistryNotHeardOf() {
  return absl::UnavailableError("the registry has not been heard of yet");
}

}  // namespace causeway::registry_watch
