#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_GRPC_LOG_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_GRPC_LOG_H_

namespace causeway::server {

// Makes lines of our log (logging.h) out of what gRPC would print on standard
// error in a form of its own. Its errors are warnings here: they tell of single
// connections, and each call that fails because of one has a status. Ten lines
// a second at most.
void RedirectGrpcLog();

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_GRPC_LOG_H_
