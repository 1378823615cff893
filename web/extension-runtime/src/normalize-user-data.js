// One form for both generations of user data: `clientId` is there where it is known, and `additionalFields` is an
// object.
export function normalizeUserData(user) {
  const { tenantId, clientName, userId, userEmail, userName, userType, clientId, additionalFields } = user;
  const pairs = Array.isArray(additionalFields) ? additionalFields : Object.entries(additionalFields ?? {});
  return {
    tenantId,
    clientName,
    userId,
    userEmail,
    userName,
    userType,
    ...(clientId && { clientId }),
    additionalFields: Object.fromEntries(pairs),
  };
}
