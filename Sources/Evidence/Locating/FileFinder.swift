import FoundationEssentials
import Glibc

/// Finds the files that a glob names below a folder, without ever leaving it.
///
/// Links are followed only where the pattern names them outright or where they are the file itself, and only when they stay
/// within the folder. `.git` is never searched.
package struct FileFinder: Sendable {
  package struct Found: Sendable {
    /// Relative to the folder, sorted.
    package var files: [String] = []
    /// Folders that were looked into, relative to the folder, sorted; `""` is the folder itself.
    package var folders: [String] = []
    /// What could not be looked into, and links that lead out.
    package var faults: [EvidenceFault] = []
  }

  private struct Place: Hashable {
    var folder: String
    var segment: Int
    var depth: Int
  }

  private static let mostVisited = 500_000
  private static let mostFound = 10_000
  private static let deepest = 64

  /// Absolute, links resolved.
  package let root: String

  /// Fails when the folder is not there.
  package init(root: String) throws(EvidenceFault) {
    guard let real = FileFinder.realPath(root) else {
      throw EvidenceFault(.missing, path: root, why: "is not there", remedy: "run the gate in the project's folder")
    }
    self.root = real
  }

  package func find(_ glob: Glob) -> Found {
    var search = Search(root: root, pattern: glob.text)
    for segments in glob.alternatives { search.run(segments) }
    var found = Found()
    found.files = search.files.sorted()
    found.folders = search.folders.sorted()
    found.faults = search.faults
    return found
  }

  static func realPath(_ path: String) -> String? {
    guard let raw = realpath(path, nil) else { return nil }
    defer { free(raw) }
    return String(cString: raw)
  }

  private struct Search {
    let root: String
    let pattern: String
    var files: Set<String> = []
    var folders: Set<String> = []
    var faults: [EvidenceFault] = []
    var visited = 0

    mutating func run(_ segments: [Glob.Segment]) {
      var seen: Set<Place> = []
      var open = [Place(folder: "", segment: 0, depth: 0)]
      while let place = open.popLast() {
        guard seen.insert(place).inserted else { continue }
        guard visited < mostVisited, files.count < mostFound, place.depth <= deepest else {
          return fault(pattern, .unreadable, "names too many files or folders to search", "name them more closely")
        }
        visited += 1
        let isLast = place.segment == segments.count - 1
        switch segments[place.segment] {
        case .folders:
          let (names, _) = list(place.folder)
          if !isLast { open.append(Place(folder: place.folder, segment: place.segment + 1, depth: place.depth)) }
          for name in names where name != ".git" {
            visited += 1
            let path = joined(place.folder, name)
            switch kind(path) {
            case .folder: open.append(Place(folder: path, segment: place.segment, depth: place.depth + 1))
            case .file, .link: if isLast { take(path) }
            case .other, .none: break
            }
          }
        case .name(let pieces):
          if let literal = segments[place.segment].literal {
            folders.insert(place.folder)
            step(into: joined(place.folder, literal), place, isLast, mayFollow: true, &open)
            continue
          }
          let (names, _) = list(place.folder)
          for name in names where name != ".git" && Glob.matches(pieces, Array(name.unicodeScalars)) {
            visited += 1
            step(into: joined(place.folder, name), place, isLast, mayFollow: false, &open)
          }
        }
      }
    }

    private mutating func step(
      into path: String, _ place: Place, _ isLast: Bool, mayFollow: Bool, _ open: inout [Place]
    ) {
      switch kind(path) {
      case .file: if isLast { take(path) }
      case .link where isLast: take(path)
      case .link where mayFollow:
        guard isWithin(path) else {
          return fault(path, .outside, "is a link that leads out of the policy's folder", "name the real folder")
        }
        open.append(Place(folder: path, segment: place.segment + 1, depth: place.depth + 1))
      case .folder where !isLast:
        open.append(Place(folder: path, segment: place.segment + 1, depth: place.depth + 1))
      case .other where isLast: fault(path, .unreadable, "is no regular file", "name a file")
      case .folder, .link, .other, .none: break
      }
    }

    private mutating func take(_ path: String) {
      // A link to a folder is no report; one to nothing is told when it is read.
      if kind(path) == .link {
        guard isWithin(path) else {
          if FileFinder.realPath(root + "/" + path) == nil {
            return fault(path, .missing, "is a link to nothing", "write the report again")
          }
          return fault(
            path, .outside, "is a link that leads out of the policy's folder", "copy the report into the folder")
        }
        var status = stat()
        guard stat(root + "/" + path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
      }
      files.insert(path)
    }

    private func isWithin(_ path: String) -> Bool {
      guard let real = FileFinder.realPath(root + "/" + path) else { return false }
      return real.hasPrefix(root == "/" ? "/" : root + "/")
    }

    private mutating func list(_ folder: String) -> (names: [String], isThere: Bool) {
      let path = folder.isEmpty ? root : root + "/" + folder
      guard access(path, F_OK) == 0 else { return ([], false) }
      folders.insert(folder)
      do {
        return (try FileManager.default.contentsOfDirectory(atPath: path).sorted(), true)
      } catch {
        fault(
          folder.isEmpty ? "." : folder, .unreadable, "is a folder that cannot be looked into",
          "let the gate's user read it")
        return ([], true)
      }
    }

    private mutating func fault(_ path: String, _ kind: EvidenceFault.Kind, _ why: String, _ remedy: String) {
      if faults.count < 100 { faults.append(EvidenceFault(kind, path: path, why: why, remedy: remedy)) }
    }

    private func joined(_ folder: String, _ name: String) -> String { folder.isEmpty ? name : folder + "/" + name }

    private enum Kind { case file, folder, link, other, none }

    private func kind(_ path: String) -> Kind {
      var status = stat()
      guard lstat(root + "/" + path, &status) == 0 else { return .none }
      switch status.st_mode & S_IFMT {
      case S_IFREG: return .file
      case S_IFDIR: return .folder
      case S_IFLNK: return .link
      default: return .other
      }
    }
  }
}
