#include <stdexcept>

#include "db/connection.h"

namespace boxoffice::db {

Access access_from(const Config& config) {
  Access access{.socket = config.db_socket, .database = config.db_name, .user = config.db_user,
                .password = {}};
  if (!config.db_password_file.empty() &&
      !read_secret_file(config.db_password_file, access.password)) {
    throw std::runtime_error("DB_PASSWORD_FILE=" + config.db_password_file + ": cannot be read");
  }
  return access;
}

}  // namespace boxoffice::db
