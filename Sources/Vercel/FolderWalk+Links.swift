import OpenSSL

extension FolderWalk {
  /// What the link says, as the deployment needs it: an absolute path to something in the folder becomes one relative to
  /// the link, since the folder stands elsewhere at Vercel. The vendor's client does the same (`hashes.ts`).
  func withinFolder(_ target: [UInt8], of link: String) -> [UInt8] {
    guard target.first == UInt8(ascii: "/"), let text = String(validating: target, as: UTF8.self),
      text.hasPrefix(root + "/"), let inside = Prebuilt.normal(String(text.dropFirst(root.count + 1)))
    else { return target }
    let from = link.split(separator: "/").dropLast()
    let to = inside.split(separator: "/")
    let common = zip(from, to).prefix { $0 == $1 }.count
    let up = repeatElement("..", count: from.count - common)
    return Array((up + to.dropFirst(common).map(String.init)).joined(separator: "/").utf8)
  }

  /// The path that a link leads to within the folder; `nil` when it leads out of it.
  static func destination(_ target: [UInt8], of link: String) -> String? {
    guard target.first != UInt8(ascii: "/"), let text = String(validating: target, as: UTF8.self) else { return nil }
    var parts = link.split(separator: "/").dropLast().map(String.init)
    for part in text.split(separator: "/") where part != "." {
      if part == ".." {
        guard parts.popLast() != nil else { return nil }
      } else {
        parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }

  /// Of two paths that differ in case alone, the later one. They are two files at Vercel, and one on many a machine.
  static func alike(_ files: [DeploymentFile]) -> [String] {
    var seen: Set<String> = []
    return files.map(\.path).filter { !seen.insert($0.lowercased()).inserted }
  }

  /// The name with everything that is no plain character as `\xNN`.
  static func spelled(_ name: [UInt8]) -> String {
    name.reduce(into: "") { text, byte in
      text += (0x20...0x7e).contains(byte) ? String(Unicode.Scalar(byte)) : "\\x" + Digest.hex([byte])
    }
  }
}
