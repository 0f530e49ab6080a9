internal import CLibGit2

/// A call of libgit2 that failed, with the library's own words read in the same call.
package struct GitError: Error, Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// No repository at that place or above it.
    case notARepository
    /// The folder belongs to another user and Git's `safe.directory` does not name it.
    case untrustedOwner
    /// The object, reference or file is not there.
    case missing
    case other
  }

  package let kind: Kind
  /// The C function that failed.
  package let function: String
  package let message: String
}

extension GitError: CustomStringConvertible {
  package var description: String { "\(message) (\(function))" }
}

/// libgit2 keeps the last error for each thread; it is read right after the call that failed.
/// Source: https://github.com/libgit2/libgit2/blob/main/docs/error-handling.md
func check(_ function: String, _ code: Int32) throws(GitError) {
  guard code < 0 else { return }
  let message = git_error_last().flatMap { $0.pointee.message }.map { String(cString: $0) } ?? "error \(code)"
  let kind: GitError.Kind =
    switch code {
    case GIT_EOWNER.rawValue: .untrustedOwner
    case GIT_ENOTFOUND.rawValue: function == "git_repository_open_ext" ? .notARepository : .missing
    default: .other
    }
  throw GitError(kind: kind, function: function, message: message)
}

/// An object that libgit2 handed to us; given back when it goes.
struct Owned: ~Copyable {
  let pointer: OpaquePointer
  private let free: (OpaquePointer?) -> Void

  /// Calls a function that hands out an object, and takes it.
  init(
    _ function: String, freeing free: @escaping (OpaquePointer?) -> Void,
    _ make: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) throws(GitError) {
    var made: OpaquePointer?
    try check(function, make(&made))
    guard let made else { throw GitError(kind: .other, function: function, message: "gave nothing") }
    pointer = made
    self.free = free
  }

  deinit { free(pointer) }
}

extension git_oid {
  /// From 40 hexadecimal digits.
  init(hexadecimal text: String) throws(GitError) {
    self.init()
    try check("git_oid_fromstr", git_oid_fromstr(&self, text))
  }

  var hexadecimal: String {
    withUnsafePointer(to: self) { git_oid_tostr_s($0).map { String(cString: $0) } ?? "" }
  }
}
