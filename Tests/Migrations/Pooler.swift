import Core
import FoundationEssentials
import Postgres
import TestSupport

/// A real PgBouncer in transaction mode before a throw-away database, on a Unix socket.
///
/// It refuses to be run by root, so there it runs as the owner of the server's socket folder.
final class Pooler: Sendable {
  static let isHere: Bool = {
    let isHere = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].contains { FileManager.default.fileExists(atPath: $0) }
    if !isHere { print("NOT TESTED: pgbouncer is not installed (apt-get install pgbouncer)") }
    return isHere
  }()

  private static let script = """
    set -eu
    folder=$1 sockets=$2 port=$3 user=$4
    cat > "$folder/pgbouncer.ini" <<END
    [databases]
    * = host=$sockets port=$port user=$user
    [pgbouncer]
    listen_addr =
    listen_port = 6543
    unix_socket_dir = $folder
    auth_type = any
    pool_mode = transaction
    default_pool_size = 4
    ignore_startup_parameters = extra_float_digits
    END
    PATH=$PATH:/usr/sbin
    as=
    if [ "$(id -u)" = 0 ]; then
      owner=$(stat -c %u "$sockets") group=$(stat -c %g "$sockets")
      chown "$owner:$group" "$folder"
      as="setpriv --reuid=$owner --regid=$group --clear-groups --pdeathsig=KILL"
    fi
    $as pgbouncer -q "$folder/pgbouncer.ini" >/dev/null 2>&1 &
    while [ ! -S "$folder/.s.PGSQL.6543" ]; do kill -0 $! && sleep 0.02; done
    echo ready
    cat >/dev/null
    kill $!
    """

  let database: Secret
  private let folder: TemporaryFolder
  private let program: BackgroundProgram

  init(before database: Secret) throws {
    folder = try TemporaryFolder()
    let address = try ConnectionAddress(database)
    let text = database.reveal()
    let port = text.split(separator: "@").last?.split(separator: "/").first?.split(separator: ":").last ?? "5432"
    program = try BackgroundProgram([
      "bash", "-c", Pooler.script, "pooler", folder.path, address.host ?? "", String(port), address.user ?? "",
    ])
    self.database = Secret(
      "postgresql://\(address.user ?? "")@localhost:6543/\(address.database ?? "")?host=\(folder.path)")
  }
}
