/** Whether what is printed may be coloured: on a terminal, unless NO_COLOR; elsewhere when FORCE_COLOR asks for it. */
export async function mayColor(): Promise<boolean> {
  const { default: picocolors } = await import('picocolors');
  // By itself it would also colour what goes to a file in CI.
  return (
    (Boolean(process.stdout.isTTY) || Boolean(process.env['FORCE_COLOR'])) && picocolors.isColorSupported
  );
}
