/** Events that endpoints can be sent. */
import { ENDPOINT_EVENTS } from "../../src/domain/delivery.ts";
import * as operator from "../../src/domain/operator-event.ts";
import type { Choices } from "../ui/fields.tsx";

const choices = (events: readonly string[]): Choices => events.map((event) => [event, event]);

/** Events of a tenant's endpoint. */
export const TENANT_EVENTS: Choices = choices(ENDPOINT_EVENTS);

/** Events of the operator's endpoint. */
export const OPERATOR_EVENTS: Choices = choices(operator.OPERATOR_EVENTS);
