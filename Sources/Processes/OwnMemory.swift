internal import CSpawn

/// This process's memory, which holds secrets while it works.
package enum OwnMemory {
  /// Keeps it, and that of the programs that are started, out of core files.
  ///
  /// - Returns: `false` when the system refused.
  @discardableResult package static func keep() -> Bool { gatehouse_leave_no_core() == 0 }
}
