/** Words that ask for something to be done, whether or not Steward can do it. */
export const verbs = new Set(
  "approve deny reject deploy release rollback restart reboot bounce scale start stop pause resume cancel link grant revoke settle".split(
    " ",
  ),
);
