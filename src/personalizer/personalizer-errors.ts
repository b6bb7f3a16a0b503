/**
 * The errors of the Personalizer API, by its own names: code → HTTP status. Those of v1.1-preview.3; v1.0 knows three, see {@link oldCode}.
 */
export const PERSONALIZER_ERRORS = {
  BadRequest: 400,
  InvalidRankRequest: 400,
  InvalidRewardRequest: 400,
  InvalidEventIdToActivate: 400,
  InvalidServiceConfiguration: 400,
  InvalidLearningModeServiceConfiguration: 400,
  InvalidPolicyConfiguration: 400,
  InvalidEvaluationContract: 400,
  DuplicateCustomPolicyNames: 400,
  NoLogsExistInDateRange: 400,
  LogsSizeExceedAllowedLimit: 400,
  InvalidModelImportSignature: 400,
  InvalidModelImportFormat: 400,
  /** as its gateway says it */
  '401': 401,
  '403': 403,
  ResourceNotFound: 404,
  EvaluationNotFound: 404,
  LearningSettingsNotFound: 404,
  EvaluationModelNotFound: 404,
  LogsPropertiesNotFound: 404,
  PayloadSizeExceeded: 413,
  TooManyRequests: 429,
  InternalServerError: 500,
  /** what this server does not do */
  OperationNotAllowed: 501,
  ServiceUnavailable: 503,
} as const;

export type PersonalizerErrorCode = keyof typeof PERSONALIZER_ERRORS;

/** An expected fault of the Personalizer API; the message is for the caller. */
export class PersonalizerError extends Error {
  constructor(
    readonly code: PersonalizerErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PersonalizerError';
  }

  get status(): number {
    return PERSONALIZER_ERRORS[this.code];
  }
}

/** What v1.0 calls it. */
export function oldCode(code: PersonalizerErrorCode): PersonalizerErrorCode {
  const status = PERSONALIZER_ERRORS[code];
  if (status === 400 || status === 413) return 'BadRequest';
  return status === 404 ? 'ResourceNotFound' : code;
}
