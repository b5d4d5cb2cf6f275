#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_ROUTER_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_ROUTER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace causeway::gateway {

// One line of the route table, without what it leads to.
struct RoutePattern {
  std::string method;
  // "/_matrix/client/{version}/rooms/{room_id}/state/{event_type}/{state_key?}"
  // A name in braces takes one segment, whatever is in it but not an empty one;
  // with '?', at the end only, it may be missing and is empty then.
  std::string pattern;
  // What {version} stands for, each in turn: {"r0", "v3", "api/v1"}.
  std::vector<std::string> versions;
};

// The values that a path has for the names in its pattern, decoded.
class PathParameters {
 public:
  void Add(std::string name, std::string value);
  // Aborts when the pattern has no such name.
  const std::string& Get(absl::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

// Finds the route of a request. A slash at the end of a path means nothing, so
// ".../state/m.room.topic/" has an empty state key and "/pushrules/" is
// "/pushrules". A literal segment wins over a name in braces. HEAD takes the
// route of GET.
//
// Immutable, therefore thread-safe.
class Router {
 public:
  struct Found {
    size_t route_index;  // In the patterns that the router was made of.
    PathParameters parameters;
  };
  struct WrongMethod {
    std::string allow;  // "GET, HEAD, OPTIONS, PUT": the Allow header.
  };
  struct NoRoute {};
  using Result = std::variant<NoRoute, WrongMethod, Found>;

  // Aborts when two patterns mean the same: the table is part of the program.
  explicit Router(absl::Span<const RoutePattern> patterns);
  ~Router();

  // `segments` as in RequestTarget.
  Result Find(absl::string_view method,
              absl::Span<const std::string> segments) const;

 private:
  struct Node;
  struct Search;

  void AddPath(size_t route_index, absl::string_view method,
               absl::string_view path);
  static void Visit(const Node& node, Search& search);

  const std::unique_ptr<Node> root_;
  // By route index: the names in its pattern, in order.
  std::vector<std::vector<std::string>> parameter_names_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_ROUTER_H_
