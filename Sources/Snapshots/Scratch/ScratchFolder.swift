import Core
import FoundationEssentials
import Glibc

/// A private folder for a scratch server, held by a lock that the kernel drops when the last process using it dies.
///
/// What a crash left behind (an unlocked folder of ours) is removed when the next one is made.
struct ScratchFolder {
  static let prefix = "gatehouse-scratch-"
  let path: String
  /// Where the Unix socket lives: the folder itself, or another when its path is too long for a socket's address.
  let socketFolder: String
  /// The descriptor of the lock; whoever inherits it keeps the folder alive.
  let lock: Int32

  /// - Parameters:
  ///   - base: The folder that holds the new one; the system's temporary folder when `nil`.
  ///   - owner: The user and group the server will run as.
  static func make(in base: String?, owner: (user: uid_t, group: gid_t)) throws(Problem) -> ScratchFolder {
    let base = base ?? FileManager.default.temporaryDirectory.path
    sweep(base, owners: [geteuid(), owner.user])
    let path = try makeFolder(base, owner)
    // Locked before it has its name: a sweep that saw it unlocked would take the folder for one left behind.
    let lock = open(path + "/lock.new", O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(path + "/lock.new", path + "/lock") == 0 else {
      throw failure("lock the scratch folder", path)
    }
    // A socket's address holds 107 bytes (unix(7)); the server adds `/.s.PGSQL.` and a port.
    let socketFolder = path.utf8.count + 16 < 107 ? path : try makeFolder("/tmp", owner)
    return ScratchFolder(path: path, socketFolder: socketFolder, lock: lock)
  }

  private static func makeFolder(_ base: String, _ owner: (user: uid_t, group: gid_t)) throws(Problem) -> String {
    var template = Array((base + "/" + prefix + "XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw failure("make a scratch folder", base) }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard chmod(path, 0o700) == 0, geteuid() != 0 || chown(path, owner.user, owner.group) == 0 else {
      throw failure("make a scratch folder private", path)
    }
    return path
  }

  private static func failure(_ attempt: String, _ path: String) -> Problem {
    Problem(
      "snapshot.scratch-folder", "could not \(attempt)", place: path, why: String(cString: strerror(errno)),
      remedy: "name a folder this user may write to, with room for the restored database")
  }

  /// Removes folders of ours that nobody holds any more. Never follows a link, never touches another user's folder.
  private static func sweep(_ base: String, owners: Set<uid_t>) {
    // A base that cannot be listed is reported by the attempt to make a folder in it.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
    for name in names where name.hasPrefix(prefix) {
      let path = base + "/" + name
      var facts = stat()
      guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR, owners.contains(facts.st_uid) else { continue }
      let lock = open(path + "/lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
      guard lock >= 0 else { continue }
      defer { close(lock) }
      guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { continue }
      remove(path)
    }
  }

  /// Removes a folder with all that is in it; what cannot be removed is left for the next sweep.
  static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
