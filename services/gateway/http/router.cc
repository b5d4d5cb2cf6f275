#include "services/gateway/http/router.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace causeway::gateway {
namespace {

constexpr absl::string_view kVersion = "{version}";

[[noreturn]] void Die(absl::string_view what, absl::string_view subject) {
  std::fprintf(stderr, "route table: %s: %s\n", std::string(what).c_str(),
               std::string(subject).c_str());
  std::abort();
}

// "{room_id}" -> "room_id". Empty: the segment is literal.
absl::string_view ParameterName(absl::string_view segment) {
  if (!absl::ConsumePrefix(&segment, "{")) return "";
  absl::ConsumeSuffix(&segment, "}");
  absl::ConsumeSuffix(&segment, "?");
  return segment;
}

std::vector<std::string> SplitPath(absl::string_view path) {
  absl::ConsumePrefix(&path, "/");
  return absl::StrSplit(path, '/');
}

}  // namespace

void PathParameters::Add(std::string name, std::string value) {
  parameters_.emplace_back(std::move(name), std::move(value));
}

const std::string& PathParameters::Get(absl::string_view name) const {
  for (const auto& [parameter_name, value] : parameters_) {
    if (parameter_name == name) return value;
  }
  Die("a handler asks for a name that its pattern lacks", name);
}

// What has been matched up to one segment: the paths form a tree.
struct Router::Node {
  absl::flat_hash_map<std::string, std::unique_ptr<Node>> literals;
  std::unique_ptr<Node> parameter;
  absl::flat_hash_map<std::string, size_t> route_by_method;
};

struct Router::Search {
  absl::string_view method;
  absl::Span<const std::string> rest;
  std::vector<absl::string_view> values;  // Of the names on the way here.
  std::optional<size_t> route_index;
  std::set<std::string> allowed;  // The methods that the path has.
};

Router::Router(absl::Span<const RoutePattern> patterns)
    : root_(std::make_unique<Node>()) {
  for (size_t i = 0; i < patterns.size(); ++i) {
    const RoutePattern& route = patterns[i];
    std::vector<std::string> names;
    for (absl::string_view segment : SplitPath(route.pattern)) {
      if (segment == kVersion || ParameterName(segment).empty()) continue;
      names.emplace_back(ParameterName(segment));
    }
    parameter_names_.push_back(std::move(names));
    if (route.versions.empty()) AddPath(i, route.method, route.pattern);
    for (const std::string& version : route.versions) {
      AddPath(i, route.method,
              absl::StrReplaceAll(route.pattern, {{kVersion, version}}));
    }
  }
}

Router::~Router() = default;

void Router::AddPath(size_t route_index, absl::string_view method,
                     absl::string_view path) {
  Node* node = root_.get();
  const auto add_route = [&] {
    if (!node->route_by_method.emplace(method, route_index).second) {
      Die("two routes are the same", absl::StrCat(method, " ", path));
    }
  };
  for (absl::string_view segment : SplitPath(path)) {
    if (absl::EndsWith(segment, "?}")) add_route();
    std::unique_ptr<Node>& next = ParameterName(segment).empty()
                                      ? node->literals[segment]
                                      : node->parameter;
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  add_route();
}

Router::Result Router::Find(absl::string_view method,
                            absl::Span<const std::string> segments) const {
  if (!segments.empty() && segments.back().empty()) segments.remove_suffix(1);
  Search search = {.method = method == "HEAD" ? "GET" : method,
                   .rest = segments,
                   .values = {},
                   .route_index = std::nullopt,
                   .allowed = {}};
  Visit(*root_, search);
  if (search.route_index.has_value()) {
    Found found = {.route_index = *search.route_index, .parameters = {}};
    const std::vector<std::string>& names = parameter_names_[found.route_index];
    search.values.resize(names.size());  // An optional one may be missing.
    for (size_t i = 0; i < names.size(); ++i) {
      found.parameters.Add(names[i], std::string(search.values[i]));
    }
    return found;
  }
  if (search.allowed.empty()) return NoRoute();
  search.allowed.insert("OPTIONS");
  if (search.allowed.contains("GET")) search.allowed.insert("HEAD");
  return WrongMethod{absl::StrJoin(search.allowed, ", ")};
}

// Depth first. Stops at the first path that has the method, and leaves its
// values in `search`.
void Router::Visit(const Node& node, Search& search) {
  if (search.rest.empty()) {
    for (const auto& [method, route_index] : node.route_by_method) {
      search.allowed.insert(method);
      if (method == search.method) search.route_index = route_index;
    }
    return;
  }
  const std::string& segment = search.rest.front();
  search.rest.remove_prefix(1);
  if (const auto literal = node.literals.find(segment);
      literal != node.literals.end()) {
    Visit(*literal->second, search);
  }
  if (!search.route_index.has_value() && node.parameter != nullptr &&
      !segment.empty()) {
    search.values.push_back(segment);
    Visit(*node.parameter, search);
    if (!search.route_index.has_value()) search.values.pop_back();
  }
  search.rest = absl::MakeSpan(&segment, search.rest.size() + 1);
}

}  // namespace causeway::gateway
